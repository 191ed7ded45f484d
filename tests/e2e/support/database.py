"""One statement on the shop's database, for the stories: database.py SQL VALUE…

DATABASE_URL says which: sqlite:PATH, or mysql://USER:PASSWORD@HOST:PORT/NAME. Prints the rows that it finds as a JSON array of
objects; what it changes is committed.
"""
import json
import os
import sys
from urllib.parse import unquote, urlsplit


def sqlite(path, statement, values):
    import sqlite3

    connection = sqlite3.connect(path, timeout=10)
    connection.row_factory = sqlite3.Row
    rows = [dict(row) for row in connection.execute(statement, values)]
    connection.commit()
    return rows


def mysql(url, statement, values):
    import pymysql

    connection = pymysql.connect(
        host=url.hostname,
        port=url.port or 3306,
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        database=url.path.removeprefix("/"),
        charset="utf8mb4",
        cursorclass=pymysql.cursors.DictCursor,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("%", "%%").replace("?", "%s"), values)
        rows = list(cursor.fetchall())
    connection.commit()
    return rows


address, (statement, *values) = os.environ["DATABASE_URL"], sys.argv[1:]
if address.startswith("sqlite:"):
    found = sqlite(address.removeprefix("sqlite:"), statement, values)
else:
    found = mysql(urlsplit(address), statement, values)
print(json.dumps(found))
