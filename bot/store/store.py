"""The store: one database and a repository per noun."""

from __future__ import annotations

from bot.store import schema
from bot.store.archive import Archive
from bot.store.configuration import Configuration
from bot.store.database import Database
from bot.store.destinations import Destinations
from bot.store.guilds import Guilds
from bot.store.identifies import Identifies
from bot.store.ledger import Ledger
from bot.store.members import Members
from bot.store.memberships import Memberships
from bot.store.notes import Notes
from bot.store.notices import Notices
from bot.store.orders import Orders
from bot.store.outbox import Outbox
from bot.store.privacy import Privacy
from bot.store.ratings import Ratings
from bot.store.routes import Routes
from bot.store.runs import Runs
from bot.store.thresholds import Thresholds


class Store:
    """Everything the bot remembers. Nothing is opened until `open`, and `close` lets go of it all."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.routes = Routes(self.database)
        self.thresholds = Thresholds(self.database)
        self.configuration = Configuration(self.database)
        self.orders = Orders(self.database)
        self.members = Members(self.database)
        self.ratings = Ratings(self.database)
        self.privacy = Privacy(self.database)
        self.guilds = Guilds(self.database, self.configuration.forget)
        self.memberships = Memberships(self.database)
        self.runs = Runs(self.database)
        self.ledger = Ledger(self.database)
        self.archive = Archive(self.database, self.ledger)
        self.outbox = Outbox(self.database)
        self.destinations = Destinations(self.database)
        self.notices = Notices(self.database)
        self.identifies = Identifies(self.database)
        self.notes = Notes(self.database)

    async def open(self, *, migrate: bool = False) -> None:
        """Check that the database has this program's tables; with `migrate`, bring it forward first.

        Raises
        ------
        SchemaTooOld
            If it was never migrated, or by an older program, and `migrate` is off.
        SchemaTooNew
            If it was written by a newer program.
        StoreError
            If it cannot be reached or read.
        """
        if migrate:
            await schema.bring_forward(self.database)
        await schema.check(self.database)

    async def close(self) -> None:
        """Let go of every connection."""
        await self.database.close()
