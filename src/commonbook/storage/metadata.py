"""What all modules of tables share."""

from sqlalchemy import BigInteger, Integer, MetaData

metadata = MetaData()

# SQLite counts a row id up by itself only for a column of this type.
ROW_ID = BigInteger().with_variant(Integer, "sqlite")
