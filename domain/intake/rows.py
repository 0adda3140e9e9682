"""From a sheet to the rows that are to be taken (行): headings and asides are told apart here."""

from domain.intake.asides import refuse_asides, without_headings
from domain.intake.fitting import Fit
from domain.intake.parsed import Parsed, parse


def read_rows(fit: Fit) -> Parsed:
    """A sheet's rows as normal texts; what is no row is left out or refused."""
    fit = without_headings(fit)
    parsed = parse(fit.kind, fit)
    refuse_asides(parsed)
    return parsed
