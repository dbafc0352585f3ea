"""What became of many runs, in a table."""

from collections import Counter
from dataclasses import dataclass, field

from .runs import Run


@dataclass
class Tally:
    """Counts of runs, of the faults that they met, and of what the client said in the end."""

    runs: int = 0
    requests: int = 0
    bytes_sent: int = 0
    admitted_at_once: int = 0
    said: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, run: Run) -> None:
        """Count a run."""
        self.runs += 1
        self.requests += len(run.exchanges)
        self.bytes_sent += sum(exchange.received_bytes for exchange in run.exchanges)
        self.faults.update(str(exchange.fault) for exchange in run.exchanges if exchange.fault is not None)
        self.admitted_at_once += run.refusal is None
        for what, refusal in (("upload", run.refusal), ("download", run.download_refusal)):
            if refusal is not None:
                self.said[f"{what}: {refusal}"] += 1

    def lines(self) -> list[str]:
        """The table."""
        faulty, megabytes = sum(self.faults.values()), self.bytes_sent / 1e6
        head = [
            f"  {self.runs:6,} runs: {self.requests:,} requests, {faulty:,} with a fault; {megabytes:,.0f} MB sent",
            f"  {self.admitted_at_once:6,} admitted, byte for byte, at the first try",
            f"  {self.runs - self.admitted_at_once:6,} refused with a message, and admitted once by a run without faults",
        ]
        faults = [f"  {count:6,} {fault}" for fault, count in self.faults.most_common()]
        said = [f"  {count:6,} {text}" for text, count in self.said.most_common()]
        return [*head, "", "  faults", *faults, "", "  what the client said", *said]
