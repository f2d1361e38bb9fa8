"""The bundled crisis and its replay."""
