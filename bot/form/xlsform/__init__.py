"""Reading an XLSForm workbook into a form, and refusing it with sheet, row, column and what to do."""
