"""The rows of the service itself; where they belong they are defined."""

from config.signin.models import SecondFactor

__all__ = ["SecondFactor"]
