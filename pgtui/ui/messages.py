"""Messages that the app sends to its screens. All carry immutable values."""

from textual.message import Message

from pgtui.domain.cluster import InventorySnapshot
from pgtui.domain.job import JobSnapshot


class ServicesReady(Message, bubble=False):
    """The services are there: `screen.services` is not None from now on.

    Sent once to every mode's screen; to a screen made later, when it is mounted.
    """


class InventoryChanged(Message, bubble=False):
    """What hosts and clusters there are, or in which state they are, has changed."""

    def __init__(self, snapshot: InventorySnapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, InventoryChanged)


class ClusterChosen(Message, bubble=False):
    """Another cluster was chosen (`screen.chosen`), or none is left to be chosen."""

    def __init__(self, name: str | None) -> None:
        super().__init__()
        self.name = name


class FactsChanged(Message, bubble=False):
    """What the chosen cluster's server tells of itself has changed (`app.facts`)."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, FactsChanged) and message.name == self.name


class JobChanged(Message, bubble=False):
    """A job has moved on; only the last of several in a row is handled."""

    def __init__(self, snapshot: JobSnapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, JobChanged) and message.snapshot.id == self.snapshot.id
