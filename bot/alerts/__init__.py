"""From a change to a sent message: schedule, scan, route, deliver."""
