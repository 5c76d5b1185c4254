"""The law of stable ids written the obvious way, to test the fast one against."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class SlowIds:
    """Which record has which id, which ids led where, and the lowest id never used."""

    ids: dict[str, int] = field(default_factory=dict)
    ended: dict[int, set[int]] = field(default_factory=dict)
    next_id: int = 0

    def advance(self, groups: list[list[str]]) -> SlowIds:
        """Name the groups of a run: largest overlap, lowest id, lowest key first."""
        claims = []
        for number, group in enumerate(groups):
            for earlier in sorted({self.ids[key] for key in group if key in self.ids}):
                shared = [key for key in group if self.ids.get(key) == earlier]
                claims.append((-len(shared), earlier, min(shared), number))
        names: dict[int, int] = {}
        for _, earlier, _, number in sorted(claims):
            if number not in names and earlier not in names.values():
                names[number] = earlier
        next_id = self.next_id
        for number in range(len(groups)):
            if number not in names:
                names[number] = next_id
                next_id += 1
        after = {key: names[number] for number, group in enumerate(groups) for key in group}
        ended = dict(self.ended)
        for earlier in {*self.ids.values()} - {*after.values()}:
            ended[earlier] = {
                after[key]
                for key, match_id in self.ids.items()
                if match_id == earlier and key in after
            }
        return SlowIds(after, ended, next_id)

    def resolve(self, match_id: int) -> set[int]:
        """Follow an id to the active ids that hold its records."""
        if match_id not in self.ended:
            return {match_id}
        return {end for other in self.ended[match_id] for end in self.resolve(other)}
