"""Reader of XLSForm workbooks. Errors name sheet, row, column and a fix."""
