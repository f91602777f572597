"""Shipped fakes and harnesses for tests of Steward and of plug-ins."""
