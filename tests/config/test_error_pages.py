"""What stands where there is nothing, and the way back from it."""

import pytest


@pytest.mark.django_db
def test_an_address_without_a_page_leads_back_to_the_overview(client):
    response = client.get("/nothing/here/")

    assert response.status_code == 404
    assert b'href="/admin/"' in response.content


def test_the_root_leads_to_the_overview(client):
    response = client.get("/")

    assert response.status_code == 302
    assert response.url == "/admin/"


@pytest.mark.parametrize("query", ["q=a%00b", "%00=1", "q=1&q=%00"])
@pytest.mark.parametrize("path", ["/admin/dispatcher/delivery/", "/affiliates/login/", "/nowhere/"])
def test_a_character_that_no_text_can_have_is_refused_by_name(client, path, query):
    response = client.get(f"{path}?{query}")

    assert response.status_code == 400
    assert ("“q”" if "q=" in query else "“”") in response.content.decode()


@pytest.mark.django_db
def test_who_may_not_open_a_page_is_told_so_in_words(client, django_user_model):
    user = django_user_model.objects.create_user("guest", is_staff=True)
    client.force_login(user)

    response = client.get("/admin/auth/user/")

    assert response.status_code == 403
    assert b"You may not open this" in response.content
    assert b'href="/admin/"' in response.content
