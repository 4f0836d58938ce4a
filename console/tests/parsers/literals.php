<?php
// Parses a program and prints its texts, each as a line of Base64.
foreach (token_get_all(file_get_contents($argv[1]), TOKEN_PARSE) as $token) {
    if (is_array($token) && $token[0] === T_CONSTANT_ENCAPSED_STRING) {
        echo base64_encode(eval("return $token[1];")), PHP_EOL;
    }
}
