"""Who sent a request, and what that person may do.

The wire uses it in this order::

    authenticator = Authenticator(store, settings)              # once for a process
    refuse_foreign(method, headers, is_open=authenticator.is_open())
    caller = authenticator.authenticate(Request.of_scope(scope, body), now=now)
    refuse_unless_allowed(caller.role, caller.name, operation, service=service)

Each raises a ServiceError to be answered. ``check_exposure`` is called once, before listening.
"""

from matchloop_api.auth.authentication import Authenticator, check_exposure, is_loopback
from matchloop_api.auth.browsers import refuse_foreign
from matchloop_api.auth.callers import ANYONE, Caller
from matchloop_api.auth.roles import LABELING, Role, allows, refuse_unless_allowed
from matchloop_api.auth.sigv4 import Request

__all__ = [
    "ANYONE",
    "LABELING",
    "Authenticator",
    "Caller",
    "Request",
    "Role",
    "allows",
    "check_exposure",
    "is_loopback",
    "refuse_foreign",
    "refuse_unless_allowed",
]
