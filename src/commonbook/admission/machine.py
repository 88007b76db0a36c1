"""A program's state machine: facts in, moves or refusals out. Pure. Rules PA-6, PA-7, BE-4 and BE-5."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from commonbook.errors import Declined

Facts = TypeVar("Facts")
Values = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Need(Generic[Facts]):
    """A condition of a move."""

    asked_of: str  # who can bring it about
    met: Callable[[Facts], bool]
    text: str
    values: Callable[[Facts], Values] = lambda facts: {}  # told with the refusal


@dataclass(frozen=True, slots=True)
class Move:
    before: str
    after: str
    who: frozenset[str]
    needs: tuple[str, ...] = ()  # names of conditions


def move_of(before: str, after: str, who: Sequence[str], *needs: str) -> Move:
    return Move(before, after, frozenset(who), needs)


@dataclass(frozen=True, slots=True)
class Awaited:
    """What comes next, and what stands in its way."""

    after: str
    of: tuple[str, ...]  # who has something to do
    blocks: tuple[str, ...]


@dataclass(frozen=True)
class Machine(Generic[Facts]):
    """One program's."""

    moves: tuple[Move, ...]
    needs: Mapping[str, Need[Facts]]  # each name is the code of its refusal as well
    forward: Mapping[str, str]  # the way to live, and the way out

    def move(self, before: str, after: str) -> Move | None:
        return next((one for one in self.moves if (one.before, one.after) == (before, after)), None)

    def must_move(self, before: str, after: str, who: str, facts: Facts) -> Move:
        """The move, when the table has it for this party and everything that it needs is there.

        Raises:
            Declined: `wrong_state`, `not_yours_to_move`, or the first condition that is not met; its name is the code.
        """
        move = self.move(before, after)
        if move is None:
            ways = ", ".join(one.after for one in self.moves if one.before == before) or "nowhere"
            raise Declined(
                "wrong_state", f"an application that is {before} goes to {ways}, not to {after}", state=before
            )
        if who not in move.who:
            may = " or ".join(sorted(move.who))
            raise Declined("not_yours_to_move", f"from {before} to {after} it is moved by: {may}; not by: {who}")
        for name in move.needs:
            need = self.needs[name]
            if not need.met(facts):
                raise Declined(str(name), f"{before} to {after}: {need.text}", **need.values(facts))
        return move

    def awaited(self, state: str, facts: Facts) -> Awaited | None:
        """What is awaited next; nothing where an application rests: live, or over."""
        after = self.forward.get(state)
        move = None if after is None else self.move(state, after)
        if after is None or move is None:
            return None
        blocks = tuple(need for need in move.needs if not self.needs[need].met(facts))
        of = {self.needs[need].asked_of for need in blocks} or set(move.who)
        return Awaited(after, tuple(sorted(of)), blocks)
