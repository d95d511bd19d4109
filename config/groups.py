"""Groups: the four that come with the service are read, others are made of rights in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group, Permission
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from config import rights
from config.roles import MAY, ROLES
from config.told import ToldChanges
from dispatcher.console import display
from dispatcher.console.names import Name

if TYPE_CHECKING:

    class ThemedAdmin: ...
else:
    from unfold.admin import ModelAdmin as ThemedAdmin

MEMBERS_SHOWN = 100

admin.site.unregister(Group)  # Django's own


class GroupForm(forms.ModelForm[Group]):
    """Rights by area. What is not offered, since it is machinery, stays as it is."""

    permissions = forms.ModelMultipleChoiceField(
        queryset=Permission.objects.select_related("content_type"),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        required=False,
        label="What its people may do",
    )

    class Meta:
        model = Group
        fields = ("name", "permissions")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["permissions"]
        field.choices = list(rights.by_area(field.queryset))
        self._offered = {pk for _, choices in field.choices for pk, _ in choices}

    def clean_permissions(self) -> list[Permission]:
        """What was chosen, and what the group has that the page does not show."""
        chosen = [one for one in self.cleaned_data["permissions"] if one.pk in self._offered]
        kept = self.instance.permissions.exclude(pk__in=self._offered) if self.instance.pk else ()
        return [*chosen, *kept]


@admin.register(Group)
class GroupAdmin(ToldChanges, DjangoGroupAdmin, ThemedAdmin):
    """The shipped roles are shown; other mixtures are made beside them, by superusers."""

    form = GroupForm
    filter_horizontal = ()
    list_display = ("title", "people")
    list_display_links = None
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(members=Count("user"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return _is_superuser(request) and (obj is None or obj.name not in ROLES)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return self.has_change_permission(request, obj)

    @admin.display(description="Group")
    def title(self, group: Group) -> SafeString:
        kind = MAY[group.name][0] if group.name in ROLES else "A group of your own"
        return display.two_lines(
            group.name, kind, reverse("admin:auth_group_change", args=[group.pk])
        )

    @admin.display(description="People")
    def people(self, group: Group) -> int:
        return int(group.members)  # type: ignore[attr-defined] # by get_queryset

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form, for those who may change the group; else what it allows, to be read."""
        group = self.get_object(request, object_id)
        is_read = request.method in {"GET", "HEAD"} and self.has_view_permission(request, group)
        if group is None or not is_read or self.has_change_permission(request, group):
            return super().change_view(request, object_id, form_url, extra_context)
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": group.name,
            "object": group,
            "is_shipped": group.name in ROLES,
            "sentences": MAY.get(group.name, ()),
            "areas": list(rights.in_sentences(_permissions(group))),
            "members": _members(group),
        }
        return TemplateResponse(request, "admin/configuration/role.html", context)


def _permissions(group: Group) -> QuerySet[Permission]:
    return group.permissions.select_related("content_type")


def _members(group: Group) -> list[Name]:
    users = group.user_set.order_by("username")[:MEMBERS_SHOWN]
    return [
        Name(
            user.get_full_name() or user.username, reverse("admin:auth_user_change", args=[user.pk])
        )
        for user in users
    ]


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))
