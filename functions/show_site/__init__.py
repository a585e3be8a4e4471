"""`GET /team`, `/site/{file}`, `/openapi.json`: the team's page, which holds no data, and files."""
