"""Parses a program and prints its texts, each as a line of Base64."""
import ast
import base64
import sys

with open(sys.argv[1], encoding='utf-8') as file:
    tree = ast.parse(file.read())
for node in ast.walk(tree):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        print(base64.b64encode(node.value.encode()).decode())
