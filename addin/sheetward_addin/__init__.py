"""What people touch inside their spreadsheet: the ribbon, the LibreOffice extension, the Google Sheets menu.

Nothing stands here yet. The front ends will hand a live sheet to the engine through the `Replica` port, as closed
workbooks and CSV files do today.
"""
