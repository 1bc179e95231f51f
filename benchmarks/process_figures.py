"""Memory and processor time of a server's processes."""

import psutil


def family(pid: int) -> list[psutil.Process]:
    """The process and all its descendants; none where it runs elsewhere."""
    try:
        leader = psutil.Process(pid)
        return [leader, *leader.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def rss_mb(pid: int) -> float:
    """Resident memory of the family, MB; what its members share counts for each of them."""
    return round(sum(process.memory_info().rss for process in family(pid)) / 2**20, 1)


def pss_mb(pid: int) -> float | None:
    """As `rss_mb`, but with shared pages counted once; None where we may not look."""
    try:
        return round(sum(p.memory_full_info().pss for p in family(pid)) / 2**20, 1)
    except psutil.AccessDenied:
        return None


def cpu_s(pid: int) -> float:
    """Seconds of one core that the family has used since it started."""
    return sum(sum(process.cpu_times()[:2]) for process in family(pid))
