"""When the firm is open: calendars of opening hours, holidays and special days, and time that counts only while it is."""
