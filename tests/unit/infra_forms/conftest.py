"""What the tests of forms share."""

from tests.unit.infra_forms.breaking import schemas

__all__ = ["schemas"]
