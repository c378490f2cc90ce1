"""Rows judged by a schema: rules become kernels, kernels find, findings are reported."""

from sheetward.validation.finding import Finding, Severity
from sheetward.validation.report import Report, finding_data, hint_of, message_of, report_data, summary_of
from sheetward.validation.validator import Validator

__all__ = [
    "Finding",
    "Report",
    "Severity",
    "Validator",
    "finding_data",
    "hint_of",
    "message_of",
    "report_data",
    "summary_of",
]
