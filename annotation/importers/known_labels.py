from annotation.importers.reading import read_table
from annotation.importers.sources import open_source
from annotation.models import ReasonCode, Verdict

SPELLINGS = {"1": "similar", "0": "not_similar", "1.0": "similar", "0.0": "not_similar"}


def read_known_labels(path: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """pair_id -> (verdict, reasons) of a CSV or JSON Lines file of labelled pairs.

    A similar pair without reasons gets "similar_subject". Rows without a usable label are left
    out. Raises SourceError when the file cannot be read.
    """
    known: dict[str, tuple[str, tuple[str, ...]]] = {}
    with open_source(path) as source:
        for record in read_table(source).records:
            pair, label = record.values.get("pair_id"), str(record.values.get("label"))
            verdict = SPELLINGS.get(label, label)
            if pair and verdict in Verdict.values:
                known[str(pair)] = (verdict, _reasons(verdict, record.values.get("reasons")))
    return known


def _reasons(verdict: str, given: object) -> tuple[str, ...]:
    if verdict != Verdict.SIMILAR:
        return ()
    codes = given if isinstance(given, list) else str(given or "").split(",")
    known = tuple(code for code in map(str, codes) if code in ReasonCode.values)
    return known or (ReasonCode.SIMILAR_SUBJECT.value,)
