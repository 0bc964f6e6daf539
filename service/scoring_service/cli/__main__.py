"""`python -m scoring_service.cli`: where no script is installed, as in the worker's image."""

from scoring_service.cli import app

app()
