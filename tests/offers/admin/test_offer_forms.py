"""What operators do on the pages of offers: postbacks saved and decided on, statuses changed."""

from __future__ import annotations

import io
import json

import offer_factories as make
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from dispatcher.models import Delivery
from dispatcher.services import pause_rule
from offers import services
from offers.models import Affiliate, Conversion, Goal, Membership, Offer, Postback

FORM = {
    "conversion_status": "done",
    "url": "https://affiliate.example/in?c={click_id}",
    "http_type": "get",
    "auth_kind": "none",
    "auth_login": "",
    "delay": "0",
    "is_active": "on",
    "is_ordered": "on",
    "params-present": "1",
    "headers-present": "1",
}


def add(console, **changes):
    return console.post(reverse("admin:offers_postback_add"), FORM | changes)


def errors(response, name):
    return response.context["adminform"].form.errors.get(name, [])


def press(console, name, row, **data):
    return console.post(reverse(f"admin:offers_{name}", args=[row.pk]), data, follow=True)


def said(response):
    return " ".join(str(message) for message in response.context["messages"])


def test_a_postback_is_added_with_rows_and_a_login(console):
    goal = make.goal()

    add(
        console, offer=goal.offer_id, goal=goal.pk, http_type="post_form", auth_kind="basic",
        auth_login="joe", password="hush-7",
        **{"params-name": ["a", "b"], "params-value": ["{payout}", "x"], "headers-name": ["X-K"],
           "headers-value": ["k-secret"], "headers-secret": ["yes"]},
    )  # fmt: skip

    made = Postback.objects.get()
    assert made.goal == goal
    assert made.params == [{"name": "a", "value": "{payout}"}, {"name": "b", "value": "x"}]
    assert made.headers == [{"name": "X-K", "value": "", "is_secret": True}]
    assert made.rule.credentials["headers"] == [["X-K", "k-secret"]]
    page = console.get(reverse("admin:offers_postback_change", args=[made.pk])).content.decode()
    assert "k-secret" not in page
    assert "hush-7" not in page
    assert "stored; type to replace" in page


def test_saving_without_a_password_keeps_the_stored_one(console):
    made = make.postback(auth_kind="basic", auth_login="joe", password="hush-7")
    before = made.rule.credentials
    page = reverse("admin:offers_postback_change", args=[made.pk])

    console.post(
        page, FORM | {"affiliate": made.affiliate_id, "auth_kind": "basic", "auth_login": "joe"}
    )

    made.refresh_from_db()
    assert made.url == FORM["url"]
    assert made.rule.credentials == before


def test_each_refusal_stands_beside_its_field(console):
    answer = add(
        console, offer=make.offer().pk, url="https://affiliate.example/{clickid}",
        auth_kind="basic", auth_login="a:b", password="x",
        **{"params-name": ["p"], "params-value": ["{nope"], "headers-name": ["Host"],
           "headers-value": ["x"], "headers-secret": ["no"]},
    )  # fmt: skip

    assert Postback.objects.count() == 0
    assert "Did you mean {click_id}?" in errors(answer, "url")[0]
    assert "Parameter p, column 1" in errors(answer, "params")[0]
    assert "Header Host" in errors(answer, "headers")[0]
    assert "no colon" in errors(answer, "auth_login")[0]


def test_a_goal_is_kept_while_goals_are_not_looked_at(console):
    goal = make.goal(make.offer(enabled_goals=False))
    made = make.postback(offer=goal.offer, goal=goal)
    page = reverse("admin:offers_postback_change", args=[made.pk])

    console.post(
        page, FORM | {"offer": goal.offer_id, "affiliate": made.affiliate_id, "goal": goal.pk}
    )

    made.refresh_from_db()
    assert (made.url, made.goal) == (FORM["url"], goal)


def test_the_preview_is_the_request_with_secrets_masked(console):
    made = make.postback(auth_kind="bearer", token="hush-7")
    conversion = make.conversion(transaction_id="ORD 7&8")
    data = FORM | {
        "url": "https://affiliate.example/{transaction_id}", "auth_kind": "bearer",
        "sample_conversion": conversion.pk,
    }  # fmt: skip

    answer = press(console, "postback_preview", made, **data).json()

    assert answer["line"] == "GET /ORD%207%268 HTTP/1.1"
    assert ["Authorization", "••••••"] in answer["headers"]
    assert answer["problems"] == {}
    made.refresh_from_db()
    assert made.url == make.URL


def test_the_preview_names_what_is_wrong_by_field(console):
    answer = console.post(
        reverse("admin:offers_postback_preview_new"), FORM | {"url": "https://{offer}.example/"}
    ).json()

    assert "scheme, host or port" in answer["problems"]["url"][0]
    assert answer["line"] == ""


def test_a_test_sends_what_the_form_holds_and_shows_the_answer(console, receiver, run_pass):
    made = make.postback(is_active=False, url="https://affiliate.example/live")
    data = FORM | {"url": f"{receiver.url}/ok?c={{click_id}}", "affiliate": made.affiliate_id}

    uid = press(console, "postback_test", made, **data).json()["delivery"]
    run_pass()
    page = console.get(reverse("admin:offers_postback_result", args=[uid])).content.decode()

    [entry] = receiver.ledger()
    assert entry["path"].startswith("/ok?c=c5f8b1e2")
    assert Delivery.objects.get().is_test
    assert "data-finished" in page
    assert "200 OK" in page
    made.refresh_from_db()
    assert made.url == "https://affiliate.example/live"


def test_a_test_of_what_is_wrong_sends_nothing(console):
    data = FORM | {"url": "https://affiliate.example/{nope}", "affiliate": make.affiliate().pk}
    answer = console.post(reverse("admin:offers_postback_test_new"), data).json()

    assert "no macro {nope}" in answer["problems"]["url"][0]
    assert Delivery.objects.count() == 0


def test_goals_are_told_for_the_chosen_offer(console):
    goal = make.goal(make.offer(enabled_goals=True), name="Sale", is_default=True)

    answer = console.get(f"{reverse('admin:offers_postback_goals')}?offer={goal.offer_id}").json()

    assert answer == {
        "enabled_goals": True,
        "goals": [{"id": goal.pk, "name": "Sale (default)"}],
    }
    assert console.get(f"{reverse('admin:offers_postback_goals')}?offer=x").status_code == 404


def test_an_edit_is_shown_against_the_live_version_and_approved(console):
    affiliate = make.affiliate(requires_approval=True)
    made = make.postback(affiliate=affiliate, url="https://old.example/{click_id}")
    made.url = "https://new.example/{click_id}"
    services.submit_postback(postback=made, affiliate=affiliate)
    page = reverse("admin:offers_postback_change", args=[made.pk])

    shown = [(line.kind, line.text) for line in console.get(page).context["edit_diff"]]
    seen = services.waiting_since(made).isoformat()
    answer = press(console, "postback_approve", made, seen=seen)

    assert ("removed", "URL: https://old.example/{click_id}") in shown
    assert ("added", "URL: https://new.example/{click_id}") in shown
    assert "live now" in said(answer)
    assert Postback.objects.get().url == "https://new.example/{click_id}"


def test_the_list_says_how_many_wait_for_approval(console):
    affiliate = make.affiliate(requires_approval=True)
    address = reverse("admin:offers_postback_changelist")
    assert "for approval. <a" not in console.get(address).content.decode()
    services.submit_postback(
        postback=Postback(affiliate=affiliate, url=make.URL), affiliate=affiliate
    )
    make.postback()

    waiting = Postback.objects.get(approval="pending")
    page = console.get(reverse("admin:offers_postback_change", args=[waiting.pk])).content.decode()
    assert 'data-dialog="approve"' in page
    assert 'data-dialog="pause"' not in page
    assert "1 postback waits for approval" in console.get(address).content.decode()
    assert console.get(f"{address}?waiting=yes").context["cl"].result_count == 1


def test_a_new_one_is_not_approved_with_a_note(console):
    affiliate = make.affiliate(requires_approval=True)
    fresh = Postback(affiliate=affiliate, url=make.URL)
    made = services.submit_postback(postback=fresh, affiliate=affiliate).postback

    seen = services.waiting_since(made).isoformat()
    press(console, "postback_reject", made, note="Use https.", seen=seen)

    made.refresh_from_db()
    assert (made.approval, made.approval_note) == ("rejected", "Use https.")


def paused_with_one_held():
    offer, affiliate = make.offer(), make.affiliate()
    made = make.postback(offer=offer, affiliate=affiliate)
    pause_rule(made.rule_id, reason="10 deliveries failed, one after the other.")
    make.conversion(offer=offer, affiliate=affiliate)
    return made


def test_one_is_paused_by_hand(console):
    made = make.postback()

    assert "is held" in said(press(console, "postback_pause", made))
    made.rule.refresh_from_db()
    assert made.rule.state == "paused"
    assert "not paused" not in said(press(console, "postback_resume", made))


def test_a_paused_one_is_resumed_and_what_was_held_is_sent(console):
    made = paused_with_one_held()
    page = console.get(reverse("admin:offers_postback_change", args=[made.pk])).content.decode()

    press(console, "postback_resume", made)

    assert "1 delivery held" in page
    assert Delivery.objects.get().state == "pending"
    made.rule.refresh_from_db()
    assert made.rule.state == "active"


def test_a_paused_one_is_resumed_and_what_was_held_is_dropped(console):
    made = paused_with_one_held()

    press(console, "postback_drop", made)

    assert Delivery.objects.get().state == "canceled"


def test_statuses_of_many_are_changed_at_once(console, operator):
    chosen = [make.conversion() for _ in range(3)]
    left = make.conversion()
    address = reverse("admin:offers_conversion_changelist")

    answer = console.post(
        address, {"action": "set_done", "_selected_action": [row.pk for row in chosen]}, follow=True
    )

    assert "3 set to done" in said(answer)
    assert Conversion.objects.filter(status="done").count() == 3
    left.refresh_from_db()
    assert left.status == "pending"
    change = chosen[0].changes.order_by("pk").last()
    assert (change.by, change.origin) == (operator, "Admin")


def test_one_status_is_changed_on_its_page_and_the_history_says_what_fired(console):
    offer, affiliate = make.offer(), make.affiliate()
    make.postback(offer=offer, affiliate=affiliate, conversion_status="done")
    make.postback(offer=offer, affiliate=affiliate, conversion_status="done", is_active=False)
    row = make.conversion(offer=offer, affiliate=affiliate)

    answer = press(console, "conversion_status", row, status="done")

    page = answer.content.decode()
    assert "1 postback fired" in said(answer)
    assert "Pending → Done" in page
    assert "Postback is not active" in page
    assert "nothing fires" in said(press(console, "conversion_status", row, status="done"))
    assert "Choose one of" in said(press(console, "conversion_status", row, status="nope"))


def upload(console, text):
    file = io.BytesIO(text.encode())
    file.name = "statuses.csv"
    return console.post(reverse("admin:offers_conversion_import"), {"file": file}, follow=True)


def test_a_file_of_statuses_is_looked_at_and_then_imported(console):
    row = make.conversion(transaction_id="ORD-1")
    page = upload(console, "transaction_id,status\nORD-1,approved\n")

    row.refresh_from_db()
    assert row.status == "pending"
    assert "can be imported" in page.content.decode()
    done = console.post(page.redirect_chain[-1][0], {"verb": "import"}, follow=True)

    assert "1 conversions changed" in said(done)
    row.refresh_from_db()
    assert row.status == "done"


def test_bad_lines_are_shown_and_left_out_only_when_asked(console):
    row = make.conversion(transaction_id="ORD-1")
    page = upload(console, "transaction_id,status\nORD-1,done\nORD-2,done\nORD-1,nope\n")
    address = page.redirect_chain[-1][0]

    assert "2 lines of statuses.csv cannot be imported" in page.content.decode()
    console.post(address, {"verb": "import"}, follow=True)
    row.refresh_from_db()
    assert row.status == "pending"
    console.post(address, {"verb": "import-good"}, follow=True)
    row.refresh_from_db()
    assert row.status == "done"


def test_a_file_that_is_none_is_refused_on_the_page(console):
    assert "not empty" in upload(console, "").content.decode()


def test_the_export_holds_what_the_filters_leave(console):
    make.conversion(transaction_id="ORD-1", status="done")
    make.conversion(transaction_id="ORD-2")

    answer = console.get(f"{reverse('admin:offers_conversion_export')}?status__exact=done")

    text = b"".join(answer.streaming_content).decode()
    assert "ORD-1" in text
    assert "ORD-2" not in text
    assert answer["Content-Disposition"].startswith("attachment")


def test_affiliates_offers_and_goals_are_added_on_their_forms(console):
    console.post(
        reverse("admin:offers_affiliate_add"),
        {"name": "Nord", "status": "active", "reference_id": "", "requires_approval": "unknown"},
    )
    console.post(
        reverse("admin:offers_offer_add"),
        {"name": "Café", "status": "active", "is_open": "on", "enabled_goals": "on"},
    )
    offer = Offer.objects.get()
    answer = console.post(
        reverse("admin:offers_goal_add"), {"offer": offer.pk, "name": "Sale", "is_default": "on"}
    )

    assert Affiliate.objects.get().reference_id == "nord"
    assert (offer.enabled_goals, Goal.objects.get().is_default) == (True, True)
    assert answer.url == reverse("admin:offers_offer_goals", args=[offer.pk])


def test_who_sees_an_offer_that_is_not_open_is_chosen(console):
    offer, chosen = make.offer(), make.affiliate()

    console.post(
        reverse("admin:offers_offer_change", args=[offer.pk]),
        {"name": "X", "reference_id": "x", "status": "active", "affiliates": [chosen.pk]},
    )

    assert list(Offer.objects.get().affiliates.all()) == [chosen]
    assert not Offer.objects.get().is_open


def test_an_affiliate_is_blocked_and_its_people_are_invited_and_removed(console):
    affiliate = make.affiliate()

    press(console, "affiliate_invite", affiliate, email="anna@example.com")
    member = Membership.objects.get()
    bad = press(console, "affiliate_invite", affiliate, email="nobody")
    press(console, "affiliate_remove-user", affiliate, user=member.user_id)
    press(console, "affiliate_block", affiliate)

    affiliate.refresh_from_db()
    assert member.user.email == "anna@example.com"
    assert "e-mail" in said(bad)
    assert (affiliate.status, Membership.objects.count()) == ("blocked", 0)


def test_without_a_mail_server_the_operator_hands_over_a_link_that_is_shown_once(console, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    affiliate = make.affiliate()
    page = console.get(reverse("admin:offers_affiliate_change", args=[affiliate.pk]))
    assert "No mail server is set up" in page.content.decode()

    shown = press(console, "affiliate_invite", affiliate, email="anna@example.com")
    link = shown.context["link"]
    later = console.get(reverse("admin:offers_affiliate_change", args=[affiliate.pk]))

    assert link in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert link not in later.content.decode()
    form = Client().get(link.removeprefix(settings.BASE_URL), follow=True)
    assert "new_password1" in form.content.decode()


def test_a_link_is_made_for_somebody_who_forgot_their_password_and_that_is_noted(console):
    affiliate = make.affiliate()
    user = make.affiliate_user(affiliate, email="anna@example.com")
    stranger = make.affiliate_user()

    shown = press(console, "affiliate_link", affiliate, user=user.pk)
    refused = press(console, "affiliate_link", affiliate, user=stranger.pk)

    assert "/affiliates/password/" in shown.context["link"]
    assert "does not belong" in said(refused)
    note = LogEntry.objects.get()
    assert note.object_id == str(user.pk)
    assert note.get_change_message() == "Made a link to choose a password, to hand over."


def test_whether_postbacks_need_approval_is_asked_in_words(console, settings):
    settings.OFFERS_REQUIRE_APPROVAL = True

    page = console.get(reverse("admin:offers_affiliate_add")).content.decode()

    assert "As for most affiliates: needed" in page
    assert "Unknown" not in page


def test_json_of_the_preview_can_be_read_by_the_script(console):
    answer = console.post(
        reverse("admin:offers_postback_preview_new"),
        FORM | {"http_type": "post_json", "params-name": "p", "params-value": "{payout}"},
    )

    assert json.loads(answer.content)["body"] == '{"p":12.50}'


def test_reconciliation_says_what_did_not_arrive_and_what_it_was_worth(console):
    made = paused_with_one_held()
    Conversion.objects.update(payout="1012.50", currency="EUR")
    address = reverse("admin:offers_conversion_reconciliation")

    answer = console.get(address)
    file = console.get(f"{address}?as=csv&affiliate={made.affiliate_id}")

    [row] = answer.context["rows"]
    assert (row["line"].owed, row["line"].held, row["missing"]) == (1, 1, "1,012.50 EUR")
    assert made.affiliate.name in answer.content.decode()
    head, line = file.content.decode().splitlines()
    assert head.startswith("month,affiliate,offer,currency,pending")
    assert line.endswith("1,0,0,1,0,0,1012.50")


def test_reconciliation_of_a_month_without_conversions_says_so(console):
    make.conversion()
    address = reverse("admin:offers_conversion_reconciliation")

    for month in ("2001-01", "nonsense", "2026-13"):
        answer = console.get(f"{address}?month={month}&affiliate=x&offer=999")
        assert answer.status_code == 200
    empty = console.get(f"{address}?month=2001-01").content.decode()
    assert "No conversion was reported in this month" in empty
