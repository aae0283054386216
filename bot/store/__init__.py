"""What is remembered: tables, migrations, one repository per noun."""
