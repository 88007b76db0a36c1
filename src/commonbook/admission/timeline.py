"""The way of each application so far: when, from where to where, by whom as a role, and why."""

from dataclasses import dataclass

from sqlalchemy import Connection, Table, func, insert, select


@dataclass(frozen=True, slots=True)
class Step:
    number: int  # from 1
    time_ns: int
    before: str  # "" for the first
    after: str
    role: str
    reason: str
    cause: str  # names the act, so that it comes once; "" for none


@dataclass(frozen=True, slots=True)
class Timeline:
    """Those of one program."""

    table: Table

    def add(
        self,
        connection: Connection,
        application: int,
        now_ns: int,
        before: str,
        after: str,
        role: str,
        reason: str = "",
        cause: str = "",
    ) -> None:
        table = self.table
        highest = connection.execute(select(func.max(table.c.number)).where(table.c.application == application))
        row = {
            "application": application,
            "number": int(highest.scalar() or 0) + 1,
            "time_ns": now_ns,
            "before": before,
            "after": after,
            "role": role,
            "reason": reason[:48],
            "cause": cause,
        }
        connection.execute(insert(table).values(**row))

    def steps(self, connection: Connection, application: int) -> list[Step]:
        table = self.table
        chosen = select(table).where(table.c.application == application).order_by(table.c.number)
        return [
            Step(row.number, row.time_ns, row.before, row.after, row.role, row.reason, row.cause)
            for row in connection.execute(chosen)
        ]

    def has(self, connection: Connection, application: int, cause: str) -> bool:
        """Whether an act has moved the application already."""
        return bool(cause) and any(step.cause == cause for step in self.steps(connection, application))
