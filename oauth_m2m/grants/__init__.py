"""What may the client have? Values in, values out; no request, no database."""
