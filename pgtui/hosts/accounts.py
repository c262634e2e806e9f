"""Operating system accounts: who runs a server, and how a child process becomes that account."""

import os
import pwd
from dataclasses import dataclass
from typing import TypedDict

from pgtui.domain.errors import HostError

SERVER_ACCOUNTS = ("postgres", "nobody")
"""Accounts that root lets a new server run under, the first that exists."""


class Identity(TypedDict, total=False):
    """Keyword arguments that make a child process another account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """An account of this machine."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]
    home: str

    @property
    def is_own(self) -> bool:
        """Whether this process runs as it."""
        return self.uid == os.geteuid()


def is_root() -> bool:
    return os.geteuid() == 0


def account_of(uid: int) -> Account:
    """Return the account with this user id, also when the user database does not know it."""
    try:
        return _account(pwd.getpwuid(uid))
    except KeyError:
        return Account(str(uid), uid, os.getgid() if uid == os.geteuid() else uid, (), "/")


def account_named(name: str) -> Account:
    try:
        return _account(pwd.getpwnam(name))
    except KeyError as error:
        raise HostError(f"This machine has no account named {name!r}.") from error


def own_account() -> Account:
    return account_of(os.geteuid())


def new_server_account() -> Account:
    """Return the account for a server that pgtui makes: this one, or another one when this is root."""
    if not is_root():
        return own_account()
    for name in SERVER_ACCOUNTS:
        try:
            return _account(pwd.getpwnam(name))
        except KeyError:
            continue
    raise HostError(
        "PostgreSQL refuses to run as root, and there is no account `postgres` or `nobody` to run it under.",
        "Make one (`useradd --system postgres`), or run pgtui as an ordinary user.",
    )


def identity(account: Account) -> Identity:
    """Return how to start a child as this account. Raises HostError when this process may not do that."""
    if account.is_own:
        return {}
    if not is_root():
        raise HostError(
            f"This has to run as the account {account.name!r}, and pgtui runs as {own_account().name!r}.",
            f"Run pgtui as {account.name} or as root: `sudo -u {account.name} pgtui`.",
        )
    return {"user": account.uid, "group": account.gid, "extra_groups": list(account.groups)}


def _account(entry: pwd.struct_passwd) -> Account:
    groups = tuple(os.getgrouplist(entry.pw_name, entry.pw_gid))
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, groups, entry.pw_dir)
