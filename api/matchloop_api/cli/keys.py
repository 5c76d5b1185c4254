"""``matchloop keys``: who may use the server, and for what."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from matchloop.cli.option_groups import takes_groups
from matchloop.cli.options import AsJson
from matchloop.cli.words import print_json, say
from matchloop.errors import InputError
from matchloop_api.cli.stores import ChosenStore

if TYPE_CHECKING:
    from matchloop_api.store import AccessKey

__all__ = ["app"]

app = typer.Typer(
    help="Make, list and revoke the access keys of clients.",
    epilog="Example: matchloop keys add ann --role labeler",
    no_args_is_help=True,
)

Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="Whose key it is; it stands in logs.", show_default=False),
]
KeyId = Annotated[str, typer.Argument(metavar="ID", help="The access key id.", show_default=False)]
RoleName = Annotated[
    Literal["admin", "curator", "labeler", "reader"],
    typer.Option("--role", help="What it allows.", show_default=False),
]


@app.command("add", epilog="Example: matchloop keys add ann --role labeler")
@takes_groups
def add(
    name: Name,
    role: RoleName,
    *,
    chosen: ChosenStore,
    as_json: AsJson = False,
) -> None:
    """Make a key and print its id and its secret, the only time the secret is shown."""
    with chosen.opened(make=True) as store:
        from matchloop_api.auth import Role, new_access_key

        made = new_access_key(name, Role(role), now=datetime.now(UTC))
        with store.writing() as tx:
            first = not any(key.revoked_at is None for key in tx.keys.all())
            tx.keys.add(made)
    if as_json:
        print_json(_shown(made) | {"SecretAccessKey": made.secret})
    else:
        typer.echo(f"AWS_ACCESS_KEY_ID={made.id}\nAWS_SECRET_ACCESS_KEY={made.secret}")
    say(f"made a key for {made.name}, role {made.role}; its secret is not shown again")
    if first:
        say("it is the first: from now on every request must be signed")


@app.command("list", epilog="Example: matchloop keys list")
@takes_groups
def show(
    *,
    chosen: ChosenStore,
    as_json: AsJson = False,
) -> None:
    """List the keys, oldest first, revoked ones too; never a secret."""
    with chosen.opened() as store, store.reading() as tx:
        keys = tx.keys.all()
    if as_json:
        print_json([_shown(key) for key in keys])
        return
    for key in keys:
        revoked = f"  revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else ""
        typer.echo(f"{key.id}  {key.role:<7}  {key.created_at:%Y-%m-%d}  {key.name}{revoked}")
    if not keys:
        say("no keys: the server answers on loopback only, and asks for no signature")


@app.command("revoke", epilog="Example: matchloop keys revoke AKIAIOSFODNN7EXAMPLE")
@takes_groups
def revoke(
    key_id: KeyId,
    *,
    chosen: ChosenStore,
    as_json: AsJson = False,
) -> None:
    """Revoke a key; running servers refuse it within two seconds."""
    with chosen.opened() as store, store.writing() as tx:
        if tx.keys.get(key_id) is None:
            raise InputError(f"there is no key '{key_id}'; matchloop keys list shows all")
        changed = tx.keys.revoke(key_id, now=datetime.now(UTC))
        keys = tx.keys.all()
    revoked = next(key for key in keys if key.id == key_id)
    if as_json:
        print_json(_shown(revoked))
    say(f"revoked {key_id} of {revoked.name}" if changed else f"{key_id} was revoked before")
    if all(key.revoked_at is not None for key in keys):
        say(
            "no key is left: a server on loopback now lets everyone on this machine in, "
            "any other refuses everyone"
        )


def _shown(key: AccessKey) -> dict[str, str | None]:
    return {
        "AccessKeyId": key.id,
        "Name": key.name,
        "Role": key.role,
        "CreatedAt": key.created_at.isoformat(),
        "RevokedAt": key.revoked_at.isoformat() if key.revoked_at else None,
    }
