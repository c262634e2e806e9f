"""What the headers of an archive's segments tell: damaged ones, and those of another system."""

from collections import Counter
from collections.abc import Mapping, Sequence

from pgtui.domain.archive_report import FileProblemFound, ProblemKind
from pgtui.domain.archive_scan import HeaderFindings
from pgtui.domain.archive_survey import SegmentFile
from pgtui.domain.segment_header import SegmentHeader, is_other_byte_order, misplaced, read_header
from pgtui.domain.wal import Segment


class HeaderJudge:
    """Judges headers as they come, batch by batch."""

    def __init__(self, segment_size: int, system_identifier: str | None) -> None:
        """Take what the server tells; without its identifier, that of most segments counts as right."""
        self._size = segment_size
        self._expected = system_identifier
        self._checked = 0
        self._damaged: dict[Segment, FileProblemFound] = {}
        self._identifiers: Counter[str] = Counter()
        self._owners: dict[str, list[SegmentFile]] = {}

    def add(self, files: Sequence[SegmentFile], heads: Mapping[str, bytes]) -> None:
        """Judge the heads of some files; those that could not be read are not in `heads`."""
        for file in files:
            head = heads.get(file.name(self._size))
            if head is None or is_other_byte_order(head):
                continue
            self._checked += 1
            header = read_header(head)
            why = header if isinstance(header, str) else ""
            if isinstance(header, SegmentHeader):
                # One of another system is told as such, wherever it lies.
                self._identifiers[header.system_identifier] += 1
                if header.system_identifier != self._expected:
                    self._owners.setdefault(header.system_identifier, []).append(file)
                why = misplaced(header, file.segment.timeline, file.segment.number, self._size)
            if why:
                words = f"Its header is not this segment's: {why}. It counts as missing."
                self._damaged[file.segment] = self._problem(file, ProblemKind.DAMAGED, words)

    def findings(self) -> HeaderFindings:
        """Return what all headers told."""
        most = self._identifiers.most_common(1)
        right = self._expected or (most[0][0] if most else None)
        problems = dict(self._damaged)
        for identifier, files in self._owners.items():
            if identifier == right:
                continue
            whose = "the server's is" if self._expected else "most segments here carry"
            words = f"It is of another system: its identifier is {identifier}, {whose} {right}."
            for file in files:
                problems[file.segment] = self._problem(file, ProblemKind.FOREIGN, words)
        return HeaderFindings(self._checked, problems, right)

    def _problem(self, file: SegmentFile, kind: ProblemKind, words: str) -> FileProblemFound:
        size = 0 if file.ending else self._size
        return FileProblemFound(file.name(self._size), kind, size, words)
