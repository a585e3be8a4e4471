"""`GET /team`, `GET /site/{file}`: show the team's page, which holds no data, and its files."""
