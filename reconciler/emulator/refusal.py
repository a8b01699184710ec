"""What the API says no with: the error envelope and the refusals that several operations share. Decides nothing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

SCIM_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class Refusal(Exception):
    """A request that is answered with an error; `code` and `status` are a pair, clients branch on both.

    `offends` marks what a well-behaved client never runs into; the request ledger keeps a list of those.

    Source: definition `ErrorBody`; that details and errors are always present is documented for 429 and inferred elsewhere.
    """

    def __init__(self, status: int, code: str, message: str, *, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}
        self.offends = False
        self.more = more

    def envelope(self, correlation: str) -> dict[str, Any]:
        """The body of the answer; `contextId` equals the correlation header."""
        body = {"message": self.message, "code": self.code, "status": self.status, "contextId": correlation}
        return body | {"details": [], "errors": []} | self.more


class ScimRefusal(Refusal):
    """A refusal in the words of RFC 7644 §3.12, which the definition declares for 409 and describes for `invalidVers`."""

    def envelope(self, correlation: str) -> dict[str, Any]:
        """The SCIM error document; `status` is text there."""
        del correlation
        return {"schemas": [SCIM_ERROR], "status": str(self.status), "scimType": self.code, "detail": self.message}


def offence(refusal: Refusal) -> Refusal:
    """The same refusal, marked as the client's fault."""
    refusal.offends = True
    return refusal


def too_large(maximum: int, code: str = "constraint.validation") -> Refusal:
    """400 for a batch above its maximum. Which code the platform uses for members and codes is unknown."""
    return offence(bad(code, f"At most {maximum} items may be given"))


def bad(code: str, message: str, **more: Any) -> Refusal:
    """400 with a code of the operation."""
    return Refusal(400, code, message, **more)


def invalid_value(value: object, field: str, allowed: Iterable[object] = ()) -> Refusal:
    """400 for a value of the wrong type or outside its enumeration."""
    shown = ", ".join(map(str, allowed))
    message = f"Value [{value}] is not valid for field [{field}]." + (f" Allowable values are: {shown}" if shown else "")
    return bad("invalid.value", message, details=[{"errorCode": "invalid.value", "fieldName": field}])


def invalid_parameter(value: object, name: str, allowed: Iterable[object] = ()) -> Refusal:
    """400 for a query parameter that cannot be understood."""
    shown = ", ".join(map(str, allowed))
    message = f"Value [{value}] is not valid for parameter [{name}]." + (f" Allowable values are: {shown}" if shown else "")
    return bad("invalid.query.param.value", message)


def constraint(message: str, field: str = "") -> Refusal:
    """400 for a body that breaks a documented bound."""
    details = [{"errorCode": "constraint.validation", "fieldName": field}] if field else []
    return bad("constraint.validation", message, details=details)


def not_found(entity: str, what: str, code: str = "not.found") -> Refusal:
    """404; the code differs by service."""
    return Refusal(404, code, f"No {what} found for id {entity}.", entityId=entity, entityName=what)
