"""What is looked at of a listed user. Source: GET /api/v2/users, API description of July 2026."""

from __future__ import annotations

from typing import TypedDict


class Reference(TypedDict, total=False):
    """Another object: a division, a manager."""

    id: str | None


class Address(TypedDict, total=False):
    """A way to reach somebody."""

    address: str | None
    extension: str | None
    mediaType: str | None
    type: str | None


class Employer(TypedDict, total=False):
    """What the employer knows."""

    employeeId: str | None


class Level(TypedDict, total=False):
    """A skill or language of a user."""

    id: str
    proficiency: float | None
    state: str | None


class Listed(TypedDict, total=False):
    """One user."""

    id: str
    name: str | None
    email: str | None
    state: str | None
    version: int | None
    division: Reference | None
    department: str | None
    title: str | None
    employerInfo: Employer | None
    manager: Reference | None
    addresses: list[Address] | None
    skills: list[Level] | None
    languages: list[Level] | None
