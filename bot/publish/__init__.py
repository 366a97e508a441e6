"""Publication of approved reports: public versions, exports, statistics, country updates and open data."""
