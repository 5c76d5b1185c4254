"""Authenticate the sender of a request and check its role.

The wire uses it in this order::

    check_exposure(settings.host, store)               # once, before listening
    authenticator = Authenticator(store, settings)     # once for a process
    caller = authenticator.authenticate(request, now=now)
    refuse_unless_allowed(caller.role, caller.name, operation, service=service)

Each raises a ServiceError that becomes the response. Routes without signatures, such as the
console's, call ``authenticator.refuse_foreign(request)``.
"""

from matchloop_api.auth.addresses import is_loopback
from matchloop_api.auth.authentication import Authenticator, check_exposure
from matchloop_api.auth.browsers import refuse_foreign
from matchloop_api.auth.callers import ANYONE, Caller
from matchloop_api.auth.keys import new_access_key
from matchloop_api.auth.roles import CURATORS, LABELING, Role, allows, refuse_unless_allowed
from matchloop_api.auth.sigv4 import Request

__all__ = [
    "ANYONE",
    "CURATORS",
    "LABELING",
    "Authenticator",
    "Caller",
    "Request",
    "Role",
    "allows",
    "check_exposure",
    "is_loopback",
    "new_access_key",
    "refuse_foreign",
    "refuse_unless_allowed",
]
