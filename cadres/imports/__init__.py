"""Workbooks on their way in: one road for every kind of list.

cells → how a cell becomes a value; sheet → where the headers are; importer → what a kind of
list is; listing → lists that are written row by row through their actions; answer → the
workbook that goes back. A kind registers itself in its app's AppConfig.ready().
"""
