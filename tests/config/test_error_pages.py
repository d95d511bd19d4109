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
