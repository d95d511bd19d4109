"""What operators do on the pages of offers: postbacks saved and decided on, statuses changed."""

from __future__ import annotations

import json

import offer_factories as make
from django.urls import reverse
from offer_pages import paused_with_one_held, press, said

from dispatcher.models import Delivery
from offers import services
from offers.models import Postback

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


def test_of_what_names_no_offer_there_are_no_goals(console):
    make.goal()

    answer = console.get(reverse("admin:offers_postback_goals"), {"offer": "²"})

    assert answer.status_code == 404


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


def test_json_of_the_preview_can_be_read_by_the_script(console):
    answer = console.post(
        reverse("admin:offers_postback_preview_new"),
        FORM | {"http_type": "post_json", "params-name": "p", "params-value": "{payout}"},
    )

    assert json.loads(answer.content)["body"] == '{"p":12.50}'
