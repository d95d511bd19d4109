"""Who may what, written by hand: by kind of page and model, each further page, action and call.

This is what was meant, not what the code says. A page, an action or a call that is not in here
fails the matrix: whoever adds one says here who may.
"""

from __future__ import annotations

from typing import NamedTuple

ANONYMOUS, AFFILIATE = "nobody logged in", "an affiliate's user"
VIEWER, DEVELOPER, OPERATOR, ADMINISTRATOR = "Viewer", "Developer", "Operator", "Administrator"
SUPERUSER = "superuser"

NOBODY = frozenset()
SUPERUSERS = frozenset({SUPERUSER})
RUNS = SUPERUSERS | {ADMINISTRATOR}
WORKS = RUNS | {OPERATOR}
BUILDS = RUNS | {DEVELOPER}
LOOKS = WORKS | {DEVELOPER, VIEWER}
PEOPLE = LOOKS | {AFFILIATE}
EVERYBODY = PEOPLE | {ANONYMOUS}
ROLES = sorted(EVERYBODY)

READS = "reads"
"""In place of who may POST: whoever may GET is answered, and nothing is changed by anybody."""


class May(NamedTuple):
    """Who is answered, by method."""

    get: frozenset[str]
    post: frozenset[str] | str = READS


class Rights(NamedTuple):
    """What one may do with the rows of a model; each kind of page follows from it."""

    look: frozenset[str]
    add: frozenset[str]
    change: frozenset[str] | str
    delete: frozenset[str]

    def may(self, kind):
        return {
            "changelist": May(self.look),
            "add": May(self.add, self.add),
            "change": May(self.look, self.change),
            "delete": May(self.delete, self.delete),
            "history": May(self.look),
            "simple_history": May(self.look),
            "short": May(LOOKS),  # a row's address without a verb leads on to its page, which asks
        }[kind]


LEDGER = Rights(LOOKS, NOBODY, NOBODY, NOBODY)
CONFIGURED = Rights(LOOKS, WORKS, WORKS, WORKS)

MODELS = {
    "admin.logentry": Rights(WORKS, NOBODY, NOBODY, NOBODY),
    "auth.group": Rights(RUNS, SUPERUSERS, SUPERUSERS, SUPERUSERS),
    "auth.user": Rights(RUNS, RUNS, RUNS, RUNS),
    "dispatcher.apitoken": Rights(BUILDS, BUILDS, NOBODY, NOBODY),
    "dispatcher.delivery": LEDGER,
    "dispatcher.destination": LEDGER,
    "dispatcher.event": LEDGER,
    "dispatcher.purge": LEDGER,
    "dispatcher.rule": LEDGER,
    "notifications.channel": CONFIGURED,
    "notifications.order": LEDGER,
    "notifications.systemevent": Rights(LOOKS, NOBODY, READS, NOBODY),  # leads to the event
    "offers.affiliate": CONFIGURED,
    "offers.conversion": LEDGER,
    "offers.goal": CONFIGURED,
    "offers.offer": CONFIGURED,
    "offers.postback": CONFIGURED,
    "postbacks.customer": CONFIGURED,
    "postbacks.lookuptable": CONFIGURED,
    "postbacks.outgoingserver": CONFIGURED,
    "postbacks.template": CONFIGURED,
    "postbacks.trigger": CONFIGURED,
}

_PRESS = May(NOBODY, WORKS)  # a button: there is nothing to GET
_ASK = May(WORKS, WORKS)  # a page that asks, and does it
_LOOK = May(LOOKS)
_EDITING = May(WORKS)  # what a form asks while somebody fills it in

PAGES = {
    "admin:app_list": _LOOK,
    "admin:autocomplete": _LOOK,
    "admin:index": _LOOK,
    "admin:jsi18n": _LOOK,
    "admin:login": May(EVERYBODY),
    "admin:logout": May(EVERYBODY - LOOKS, EVERYBODY),  # strangers are led to the start
    "admin:nowhere": May(NOBODY),
    "admin:password_change": May(LOOKS, LOOKS),
    "admin:password_change_done": _LOOK,
    "admin:search": _LOOK,
    "admin:view_on_site": May(NOBODY),
    "configuration": May(LOOKS, WORKS),
    "configuration-download": _LOOK,
    "docs": May(EVERYBODY),
    "live": May(EVERYBODY),
    "metrics": May(EVERYBODY),
    "ready": May(EVERYBODY),
    "schema": May(EVERYBODY),
    "signin:challenge": May(PEOPLE, PEOPLE),
    "signin:remove": May(NOBODY, PEOPLE),
    "signin:setup": May(PEOPLE, PEOPLE),
    "start": May(EVERYBODY),
    "admin:admin_logentry_entry": May(WORKS),
    "admin:auth_user_password_change": May(RUNS, RUNS),
    "admin:dispatcher_delivery_cancel": _PRESS,
    "admin:dispatcher_delivery_current": _PRESS,
    "admin:dispatcher_delivery_difference": _EDITING,
    "admin:dispatcher_delivery_export": _LOOK,
    "admin:dispatcher_delivery_failures": _LOOK,
    "admin:dispatcher_delivery_job": May(LOOKS, WORKS),
    "admin:dispatcher_delivery_jobs": _LOOK,
    "admin:dispatcher_delivery_matching": _ASK,
    "admin:dispatcher_delivery_resend": _PRESS,
    "admin:dispatcher_delivery_why": _LOOK,
    "admin:dispatcher_destination_pause": _PRESS,
    "admin:dispatcher_destination_resume": _PRESS,
    "admin:dispatcher_purge_erase": May(RUNS, RUNS),
    "admin:notifications_channel_activate": _PRESS,
    "admin:notifications_channel_deactivate": _PRESS,
    "admin:notifications_channel_test": _ASK,
    "admin:notifications_order_find": _LOOK,
    "admin:notifications_order_retry": _PRESS,
    "admin:notifications_systemevent_attach": _PRESS,
    "admin:notifications_systemevent_detach": _PRESS,
    "admin:notifications_systemevent_event": _LOOK,
    "admin:notifications_systemevent_message": May(LOOKS, WORKS),
    "admin:notifications_systemevent_preview": May(NOBODY, LOOKS),
    "admin:notifications_systemevent_reset": _PRESS,
    "admin:notifications_systemevent_restore": _PRESS,
    "admin:notifications_systemevent_resume": _PRESS,
    "admin:notifications_systemevent_sample": _LOOK,
    "admin:notifications_systemevent_sources": _PRESS,
    "admin:notifications_systemevent_switch": _PRESS,
    "admin:notifications_systemevent_versions": _LOOK,
    "admin:offers_affiliate_activate": _PRESS,
    "admin:offers_affiliate_block": _PRESS,
    "admin:offers_affiliate_invite": _PRESS,
    "admin:offers_affiliate_link": _PRESS,
    "admin:offers_affiliate_remove-user": _PRESS,
    "admin:offers_conversion_export": _LOOK,
    "admin:offers_conversion_import": _ASK,
    "admin:offers_conversion_preview": _ASK,
    "admin:offers_conversion_reconciliation": _LOOK,
    "admin:offers_conversion_status": _PRESS,
    "admin:offers_offer_conversions": _LOOK,
    "admin:offers_offer_deliveries": _LOOK,
    "admin:offers_offer_goals": _LOOK,
    "admin:offers_offer_postbacks": _LOOK,
    "admin:offers_postback_activate": _PRESS,
    "admin:offers_postback_approve": _PRESS,
    "admin:offers_postback_drop": _PRESS,
    "admin:offers_postback_goals": _LOOK,
    "admin:offers_postback_pause": _PRESS,
    "admin:offers_postback_preview": _PRESS,
    "admin:offers_postback_preview_new": _PRESS,
    "admin:offers_postback_reject": _PRESS,
    "admin:offers_postback_result": _EDITING,
    "admin:offers_postback_resume": _PRESS,
    "admin:offers_postback_test": _PRESS,
    "admin:offers_postback_test_new": _PRESS,
    "admin:postbacks_lookuptable_export": _LOOK,
    "admin:postbacks_lookuptable_import": _ASK,
    "admin:postbacks_lookuptable_preview": _ASK,
    "admin:postbacks_lookuptable_rows": _PRESS,
    "admin:postbacks_outgoingserver_test": _ASK,
    "admin:postbacks_template_add_email": May(WORKS),
    "admin:postbacks_template_email_preview": _PRESS,
    "admin:postbacks_template_events": _EDITING,
    "admin:postbacks_template_past": _PRESS,
    "admin:postbacks_template_preview": _PRESS,
    "admin:postbacks_template_restore": _PRESS,
    "admin:postbacks_template_test": _PRESS,
    "admin:postbacks_template_versions": _LOOK,
    "admin:postbacks_trigger_activate": _PRESS,
    "admin:postbacks_trigger_duplicate": _ASK,
    "admin:postbacks_trigger_pause": _PRESS,
    "admin:postbacks_trigger_rotate": _PRESS,
    "admin:postbacks_trigger_test": _ASK,
    "admin:postbacks_trigger_unsign": _PRESS,
}
"""Every page that is no list, form or history of a model's rows."""

_OWN = frozenset({AFFILIATE})
_OWN_LOOK, _OWN_PRESS, _OWN_BOTH = May(_OWN), May(NOBODY, _OWN), May(_OWN, _OWN)

PAGES |= {
    "affiliates:None": May(NOBODY),
    "affiliates:account": _OWN_BOTH,
    "affiliates:conversion": _OWN_LOOK,
    "affiliates:conversions": _OWN_LOOK,
    "affiliates:conversions_export": _OWN_LOOK,
    "affiliates:deliveries": _OWN_LOOK,
    "affiliates:delivery": _OWN_LOOK,
    "affiliates:delivery_resend": _OWN_PRESS,
    "affiliates:goals": _OWN_LOOK,
    "affiliates:leave": May(NOBODY, LOOKS),
    "affiliates:login": May(EVERYBODY),
    "affiliates:logout": May(NOBODY),
    "affiliates:look": May(NOBODY, LOOKS),
    "affiliates:new_preview": _OWN_PRESS,
    "affiliates:new_test": _OWN_PRESS,
    "affiliates:offer": _OWN_LOOK,
    "affiliates:offers": _OWN_LOOK,
    "affiliates:overview": _OWN_LOOK,
    "affiliates:password_choose": May(EVERYBODY),
    "affiliates:password_reset": May(EVERYBODY),
    "affiliates:password_reset_sent": May(EVERYBODY),
    "affiliates:postback": _OWN_BOTH,
    "affiliates:postback_add": _OWN_BOTH,
    "affiliates:postback_delete": _OWN_PRESS,
    "affiliates:postback_pause": _OWN_PRESS,
    "affiliates:postback_preview": _OWN_PRESS,
    "affiliates:postback_resume": _OWN_PRESS,
    "affiliates:postback_switch": _OWN_PRESS,
    "affiliates:postback_test": _OWN_PRESS,
    "affiliates:postback_withdraw": _OWN_PRESS,
    "affiliates:postbacks": _OWN_LOOK,
    "affiliates:test_result": _OWN_LOOK,
    "affiliates:token_revoke": _OWN_PRESS,
    "affiliates:tokens": _OWN_BOTH,
}
"""The affiliates' site: to those who log in there. Others of ours look at it, by a button."""

ACTIONS = {
    "auth.group.delete_selected": SUPERUSERS,
    "auth.user.delete_selected": NOBODY,  # one at a time, so that each page can say what forbids it
    "auth.user.turn_two_step_off": RUNS,
    "auth.user.unlock": RUNS,
    "dispatcher.apitoken.revoke_selected": BUILDS,
    "dispatcher.delivery.cancel_selected": WORKS,
    "dispatcher.delivery.resend_current_selected": WORKS,
    "dispatcher.delivery.resend_selected": WORKS,
    "dispatcher.destination.pause_selected": WORKS,
    "dispatcher.destination.resume_selected": WORKS,
    "notifications.channel.activate_selected": WORKS,
    "notifications.channel.deactivate_selected": WORKS,
    "notifications.order.retry_selected": WORKS,
    "offers.affiliate.activate_selected": WORKS,
    "offers.affiliate.block_selected": WORKS,
    "offers.conversion.set_done": WORKS,
    "offers.conversion.set_pending": WORKS,
    "offers.conversion.set_rejected": WORKS,
    "offers.postback.activate_selected": WORKS,
    "offers.postback.deactivate_selected": WORKS,
    "postbacks.customer.activate_selected": WORKS,
    "postbacks.customer.deactivate_selected": WORKS,
    "postbacks.template.activate_selected": WORKS,
    "postbacks.template.draft_selected": WORKS,
    "postbacks.trigger.activate_selected": WORKS,
    "postbacks.trigger.pause_selected": WORKS,
}
"""By label of the model and name: who may do it with what is chosen in a list."""


def may_open(page):
    """Who may open a page that was found; raises KeyError where nobody has decided on it."""
    return MODELS[page.label].may(page.kind) if page.kind else PAGES[page.key]


def may_do(label, action):
    """Who may do this with chosen rows. Most things are deleted one by one, never by the list."""
    if action == "delete_selected":
        return ACTIONS.get(f"{label}.{action}", NOBODY)
    return ACTIONS[f"{label}.{action}"]
