"""People and what they may do, on the admin's theme."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext
from unfold.forms import AdminPasswordChangeForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from config.audit.pages import AuditAdmin
from config.groups import GroupAdmin
from config.signin import lockout, second_factor
from config.told import ToldChanges
from config.user_forms import NewUserForm, UserForm
from dispatcher.console import display, names, noting, reach
from dispatcher.console.names import Name
from dispatcher.console.wording import Standing
from dispatcher.keys import as_keys

__all__ = ["AuditAdmin", "GroupAdmin", "UserAdmin"]

if TYPE_CHECKING:

    class ThemedAdmin: ...
else:
    from unfold.admin import ModelAdmin as ThemedAdmin

admin.site.unregister(User)

_DELETE_TEXT = (
    "They can no longer log in, and their API tokens end. What they changed stays in the history "
    "without their name. To keep the name, switch off “Active” instead."
)
_STAYS = (
    "Records that nobody may delete belong to this user: {}. Switch off “Active” on the user's "
    "page instead: they can no longer log in then, and their name stays beside what they did."
)
_ELSEWHERE = "Affiliates' site or API only"
_NO_GROUP = Standing(
    "warn", "No group yet", "They can log in, and see what single permissions say."
)
_LOCKED_OUT = Standing(
    "warn",
    "Locked out",
    "Too many wrong passwords or codes. It ends by itself; “Let them try to log in again” ends it "
    "at once.",
)


@admin.register(User)
class UserAdmin(ToldChanges, DjangoUserAdmin, ThemedAdmin):  # type: ignore[type-arg]
    form = UserForm
    add_form = NewUserForm
    add_form_template = None
    change_password_form = AdminPasswordChangeForm
    list_display = ("person", "mail", "standing", "two_step", "seen")
    actions = ("unlock", "turn_two_step_off")
    delete_confirmation_template = "admin/configuration/delete_confirmation.html"
    list_filter = ()
    search_help_text = "Name or e-mail address"
    show_full_result_count = False
    ordering = ("username",)
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        (
            "What this person may do",
            {"fields": ("is_active", "is_staff", "is_superuser", "groups")},
        ),
        ("Single permissions", {"classes": ("collapse",), "fields": ("user_permissions",)}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "password1", "password2")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("What this person may do", {"fields": ("is_staff", "groups")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody changes, and so becomes, somebody who may do more than they do."""
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        context |= {
            "title": f"Delete {context['object']}",
            "model_admin_text": _DELETE_TEXT,
            "refusal": _refusal(context["perms_lacking"], context["protected"]),
        }
        return super().render_delete_form(request, context)

    def get_actions(self, request: HttpRequest) -> Any:
        """One at a time: the page of each says what goes with it."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Nobody gives away more than their own: single permissions are for superusers."""
        fixed = self.readonly_fields
        own = () if _is_superuser(request) else ("is_superuser", "user_permissions")
        return (*fixed, *own)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Nor do groups: one that gives more than the person has who chooses is not offered."""
        if db_field.name == "groups":
            kwargs["queryset"] = reach.groups_within(request.user)
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users: QuerySet[User] = super().get_queryset(request).select_related("second_factor")
        is_locked_out = lockout.is_locked_out("username")
        users = users.annotate(is_locked_out=is_locked_out)
        return users.prefetch_related("groups")

    @admin.display(description="User", ordering="username")
    def person(self, user: User) -> SafeString:
        return display.two_lines(user.username, user.get_full_name())

    @admin.display(description="E-mail", ordering="email")
    def mail(self, user: User) -> str:
        return user.email

    @admin.display(description="May")
    def standing(self, user: User) -> SafeString:
        badges = [display.badge(_standing(user))]
        if user.is_active and user.is_locked_out:  # type: ignore[attr-defined] # by get_queryset
            badges.append(display.badge(_LOCKED_OUT))
        return format_html(
            '<div class="pb-badges">{}</div>', format_html_join(" ", "{}", ((b,) for b in badges))
        )

    @admin.display(description="Two-step log-in")
    def two_step(self, user: User) -> SafeString:
        factor = getattr(user, "second_factor", None)
        is_on = factor is not None and factor.confirmed_at is not None
        return display.badge(Standing("good", "On") if is_on else Standing("idle", "Off"))

    @admin.action(description="Let them try to log in again", permissions=["change"])
    def unlock(self, request: HttpRequest, users: QuerySet[User]) -> None:
        chosen = _within_reach(request, users)
        for user in chosen:
            lockout.unlock(user.username)
        noting.note(request.user, chosen, "Let try to log in again")
        count = len(chosen)
        done = ngettext("%d user may try again.", "%d users may try again.", count)
        self.message_user(request, done % count)

    @admin.action(description="Turn two-step log-in off (phone lost)", permissions=["change"])
    def turn_two_step_off(self, request: HttpRequest, users: QuerySet[User]) -> None:
        chosen = _within_reach(request, users)
        for user in chosen:
            second_factor.remove(user)
        noting.note(request.user, chosen, "Two-step log-in turned off for them")
        count = len(chosen)
        done = ngettext(
            "Two-step log-in is off for %d user.", "Two-step log-in is off for %d users.", count
        )
        self.message_user(request, done % count)

    @admin.display(description="Last log-in", ordering="last_login")
    def seen(self, user: User) -> SafeString | str:
        return display.moment(user.last_login)


def _standing(user: User) -> Standing:
    """What somebody may, as their groups are called."""
    if not user.is_active:
        return Standing("idle", "Not active")
    if user.is_superuser:
        return Standing("info", "Everything")
    groups = ", ".join(sorted(group.name for group in user.groups.all()))
    if not user.is_staff:
        return Standing("idle", f"{_ELSEWHERE}: {groups}" if groups else _ELSEWHERE)
    return Standing("good", groups) if groups else _NO_GROUP


def _refusal(forbidden: Iterable[Any], protected: Iterable[Any]) -> str:
    """Why a user stays; empty when the page may ask whether to delete."""
    kinds = sorted({str(kind) for kind in forbidden})
    if not kinds and not protected:
        return ""
    return _STAYS.format(" and ".join(kinds or ["what they did"]))


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    return user is None or reach.is_within(request.user, user)


def _within_reach(request: HttpRequest, users: QuerySet[User]) -> list[User]:
    return [user for user in users if _may_touch(request, user)]


def name_users(keys: Iterable[str]) -> dict[str, Name]:
    """Users by primary key; one query. The ledgers name who reported an event."""
    return {
        str(user.pk): Name(user.get_full_name() or user.username)
        for user in User.objects.filter(pk__in=as_keys(keys))
    }


names.register("user", name_users)

# Machinery that operators neither need nor should change: the queue's own tables (the ledgers
# show everything that was in it) and the token table of the library that ours replaces.
for model in list(admin.site._registry):  # noqa: SLF001 - there is no public list of it
    if model._meta.app_label in {"django_q", "rest_framework_api_key"}:  # noqa: SLF001 - Django's API
        admin.site.unregister(model)
