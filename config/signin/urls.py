from django.urls import path

from config.signin import views

app_name = "signin"
urlpatterns = [
    path("second-step/", views.challenge, name="challenge"),
    path("two-step/", views.setup, name="setup"),
    path("two-step/off/", views.remove, name="remove"),
]
