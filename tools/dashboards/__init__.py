"""Grafana dashboards, made by code: `python -m tools.dashboards [--check]` keeps the chart's files equal to it.

panels.py     what a panel and a dashboard are, and where panels stand
fleet.py      all pipelines of some namespaces, and their operator
pipeline.py   one pipeline
"""
