"""The dashboard's script: what ``streamlit run app.py`` and ``vedette dashboard`` run."""

from __future__ import annotations

from interfaces.dashboard.app import main

main()
