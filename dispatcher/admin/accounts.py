"""People and what they may do, on the admin's theme."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.utils.safestring import SafeString
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from dispatcher.console import display, names
from dispatcher.console.names import Name
from dispatcher.console.wording import Standing

if TYPE_CHECKING:

    class ThemedAdmin: ...
else:
    from unfold.admin import ModelAdmin as ThemedAdmin

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ThemedAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("person", "email", "standing", "seen")
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
            {
                "fields": ("is_active", "is_staff", "is_superuser", "groups"),
                "description": "People who work here need “Staff status” to log in to these pages.",
            },
        ),
        ("Single permissions", {"classes": ("collapse",), "fields": ("user_permissions",)}),
    )
    readonly_fields = ("last_login", "date_joined")

    @admin.display(description="User", ordering="username")
    def person(self, user: User) -> SafeString:
        return display.two_lines(user.username, user.get_full_name())

    @admin.display(description="May")
    def standing(self, user: User) -> SafeString:
        if not user.is_active:
            return display.badge(Standing("idle", "Not active"))
        if user.is_superuser:
            return display.badge(Standing("info", "Everything"))
        return display.badge(Standing("good", "Log in" if user.is_staff else "Use the API"))

    @admin.display(description="Last log-in", ordering="last_login")
    def seen(self, user: User) -> SafeString | str:
        return display.moment(user.last_login)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ThemedAdmin):
    show_full_result_count = False


def name_users(keys: Iterable[str]) -> dict[str, Name]:
    """Users by primary key; one query. The ledgers name who reported an event."""
    wanted = [int(key) for key in keys if key.isdigit()]
    return {
        str(user.pk): Name(user.get_full_name() or user.username)
        for user in User.objects.filter(pk__in=wanted)
    }


names.register("user", name_users)

# Machinery that operators neither need nor should change: the queue's own tables (the ledgers
# show everything that was in it) and the token table of the library that ours replaces.
for model in list(admin.site._registry):  # noqa: SLF001 - there is no public list of it
    if model._meta.app_label in {"django_q", "rest_framework_api_key"}:  # noqa: SLF001 - Django's API
        admin.site.unregister(model)
