"""Every address of the affiliates' site. Each page stands on `for_affiliate` or `guarded`."""

from __future__ import annotations

from django.urls import path, re_path

from offers.site import (
    account,
    accounts,
    conversions,
    deliveries,
    looking,
    offers,
    overview,
    postbacks,
    tokens,
    trying,
)
from offers.site.access import for_affiliate, guarded, not_found

app_name = "affiliates"

_BOTH = ("GET", "POST")

urlpatterns = [
    path("login/", guarded(accounts.Login.as_view()), name="login"),
    path("logout/", guarded(accounts.Logout.as_view()), name="logout"),
    path("password/", guarded(accounts.Reset.as_view()), name="password_reset"),
    path("password/sent/", guarded(accounts.ResetSent.as_view()), name="password_reset_sent"),
    path(
        "password/<slug:uidb64>/<slug:token>/",
        guarded(accounts.Choose.as_view()),
        name="password_choose",
    ),
    path("look/<int:affiliate>/", looking.look, name="look"),
    path("leave/", looking.leave, name="leave"),
    path("", for_affiliate(overview.overview), name="overview"),
    path("offers/", for_affiliate(offers.offers), name="offers"),
    path("offers/<int:offer>/", for_affiliate(offers.offer), name="offer"),
    path("postbacks/", for_affiliate(postbacks.postbacks), name="postbacks"),
    path("postbacks/new/", for_affiliate(postbacks.add, *_BOTH), name="postback_add"),
    path("postbacks/new/preview/", for_affiliate(trying.preview, "POST"), name="new_preview"),
    path("postbacks/new/test/", for_affiliate(trying.try_out, "POST"), name="new_test"),
    path("postbacks/goals/", for_affiliate(trying.goals), name="goals"),
    path("postbacks/tests/<uuid:delivery>/", for_affiliate(trying.result), name="test_result"),
    path("postbacks/<int:postback>/", for_affiliate(postbacks.postback, *_BOTH), name="postback"),
    path(
        "postbacks/<int:postback>/preview/",
        for_affiliate(trying.preview, "POST"),
        name="postback_preview",
    ),
    path(
        "postbacks/<int:postback>/test/",
        for_affiliate(trying.try_out, "POST"),
        name="postback_test",
    ),
    path(
        "postbacks/<int:postback>/switch/",
        for_affiliate(postbacks.switch, "POST"),
        name="postback_switch",
    ),
    path(
        "postbacks/<int:postback>/pause/",
        for_affiliate(postbacks.pause, "POST"),
        name="postback_pause",
    ),
    path(
        "postbacks/<int:postback>/resume/",
        for_affiliate(postbacks.resume, "POST"),
        name="postback_resume",
    ),
    path(
        "postbacks/<int:postback>/withdraw/",
        for_affiliate(postbacks.withdraw, "POST"),
        name="postback_withdraw",
    ),
    path(
        "postbacks/<int:postback>/delete/",
        for_affiliate(postbacks.delete, "POST"),
        name="postback_delete",
    ),
    path("conversions/", for_affiliate(conversions.conversions), name="conversions"),
    path("conversions/export/", for_affiliate(conversions.export), name="conversions_export"),
    path("conversions/<int:conversion>/", for_affiliate(conversions.conversion), name="conversion"),
    path("deliveries/", for_affiliate(deliveries.deliveries), name="deliveries"),
    path("deliveries/<uuid:delivery>/", for_affiliate(deliveries.delivery), name="delivery"),
    path(
        "deliveries/<uuid:delivery>/resend/",
        for_affiliate(deliveries.resend, "POST"),
        name="delivery_resend",
    ),
    path("tokens/", for_affiliate(tokens.tokens, *_BOTH), name="tokens"),
    path("tokens/<slug:token>/revoke/", for_affiliate(tokens.revoke, "POST"), name="token_revoke"),
    path("account/", for_affiliate(account.account, *_BOTH), name="account"),
    re_path(r"^(?P<rest>.*)/$", guarded(lambda request, rest: not_found(request))),  # noqa: ARG005
]
