"""The custom resource definition, as files."""
