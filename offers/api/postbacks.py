"""`postbacks/`: whom to tell about which conversions, approval, trying and resuming."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from dispatcher.api import ledgers
from dispatcher.api.problems import Problem
from dispatcher.api.shapes import DeliveryDetailShape
from dispatcher.api.views import CONFIGURE, CONFIGURE_OWN, READ_CONFIGURATION_OWN
from offers import services
from offers.api.access import OwnViewSet
from offers.api.postback_fields import (
    DecisionSerializer,
    PostbackSerializer,
    ResumedShape,
    ResumeSerializer,
    TryingSerializer,
)
from offers.models import Conversion, Postback, PostbackEdit
from offers.services.approval import restored


@extend_schema(tags=["Postbacks"])
class PostbackViewSet(OwnViewSet):
    """Whom to tell about which conversions.

    An affiliate's token sees and changes its own; where approval is needed, what it changes waits
    for an operator as it does on the affiliates' site.
    """

    queryset = Postback.objects.all()
    serializer_class = PostbackSerializer
    scopes = {
        "list": READ_CONFIGURATION_OWN,
        "retrieve": READ_CONFIGURATION_OWN,
        "create": CONFIGURE_OWN,
        "update": CONFIGURE_OWN,
        "partial_update": CONFIGURE_OWN,
        "destroy": CONFIGURE_OWN,
        "test": CONFIGURE_OWN,
        "resume": CONFIGURE_OWN,
        "approve": CONFIGURE,
        "reject": CONFIGURE,
    }

    def get_queryset(self) -> Any:
        return self.access.postbacks()

    def save(self, row: Postback, values: Mapping[str, Any]) -> Postback:
        secrets = {name: values.get(name) for name in ("password", "token")}
        mine = self.access.affiliate
        if mine is None:
            saved = services.save_postback(postback=row, by=self.author(), **secrets)
        else:
            submitted = services.submit_postback(
                postback=row, affiliate=mine, by=self.author(), **secrets
            )
            saved = submitted.postback
        found: Postback = self.get_queryset().get(pk=saved.pk)
        return found

    def delete_row(self, row: Postback) -> None:
        services.delete_postback(postback=row, by=self.author())

    def _change(self, request: Request, key: str, *, is_partial: bool) -> Any:
        """An affiliate goes on from its edit that waits, as on its site."""
        row: Postback = self.find(key)
        edit = getattr(row, "edit", None)
        if edit is not None and edit.state == PostbackEdit.State.PENDING and self.access.affiliate:
            row = restored(edit, row)
        return self.write(row, request.data, is_partial=is_partial)

    @extend_schema(
        operation_id="postbacks_test",
        summary="Test a postback",
        request=TryingSerializer,
        responses={202: DeliveryDetailShape},
    )
    @action(detail=True, methods=["post"])
    def test(self, request: Request, id: str) -> Response:  # noqa: A002 - its name in the path
        """Send one test delivery by the saved configuration, for a sample or this conversion."""
        postback = self.find(id)
        given = _read(TryingSerializer, request)
        uid = services.test_postback(
            postback=postback,
            conversion=self._conversion(given["conversion"]),
            affiliate=self.access.affiliate,
            by=self.author(),
        )
        shown = ledgers.delivery_by_id(uid, self.caller.restricted_to)
        return Response(shown, status=HTTPStatus.ACCEPTED)

    def _conversion(self, pk: int | None) -> Conversion | None:
        if pk is None:
            return None
        found = Conversion.objects.select_related("offer", "affiliate", "goal").filter(pk=pk)
        mine = self.access.affiliate
        conversion = (found.filter(affiliate=mine) if mine else found).first()
        if conversion is None:
            raise Problem.of_field("conversion", "There is no conversion of this id. Correct it.")
        return conversion

    @extend_schema(
        operation_id="postbacks_resume",
        summary="Resume a paused postback",
        request=ResumeSerializer,
        responses={200: ResumedShape},
    )
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, id: str) -> Response:  # noqa: A002
        """Let it go on after it was paused; what was held is sent, or canceled. 409: it is not."""
        postback = self.find(id)
        send_held = _read(ResumeSerializer, request)["send_held"]
        canceled = services.resume_postback(
            postback=postback, send_held=send_held, by=self.author()
        )
        return Response({"canceled": canceled, "send_held": send_held})

    @extend_schema(
        operation_id="postbacks_approve",
        summary="Approve what an affiliate submitted",
        request=DecisionSerializer,
        responses={200: PostbackSerializer},
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, id: str) -> Response:  # noqa: A002
        """Make a new postback, or the edit of an approved one, live. 409: nothing waits."""
        postback = self.find(id)
        given = _read(DecisionSerializer, request)
        services.approve_postback(postback=postback, **given, by=self.author())
        return Response(self.get_serializer(self.find(id)).data)

    @extend_schema(
        operation_id="postbacks_reject",
        summary="Reject what an affiliate submitted",
        request=DecisionSerializer,
        responses={200: PostbackSerializer},
    )
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, id: str) -> Response:  # noqa: A002
        """Refuse it; the affiliate reads the note, an approved version stays live."""
        postback = self.find(id)
        given = _read(DecisionSerializer, request)
        services.reject_postback(postback=postback, **given, by=self.author())
        return Response(self.get_serializer(self.find(id)).data)


def _read(serializer_class: Any, request: Request) -> Any:
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
