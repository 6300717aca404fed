"""Draws a table on Spark with an exported sampler, as a pandas UDF.

    python spark_udf.py SAMPLER.onnx DECODING.json ROWS OUT.parquet

Each task loads the graph once and turns the numbers of its rows into noise, so that row i
is a function of the seed and of i, whatever the partitions are. It needs pyspark, pandas,
numpy and onnxruntime; here Spark runs on this machine, and on a cluster the two files go
with `--files`.
"""
import json
import os
import pathlib
import sys

try:
    import pyspark.sql.functions as F
    import pyspark.sql.types as T
    from pyspark.sql import SparkSession
except ImportError:
    print("spark_udf: skipped, pyspark is not installed")
    sys.exit(0)

os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # the tasks run where this does
DECODER = pathlib.Path(__file__).resolve().parent / "decoding.py"
SEED = 1


def sampler(graph, recipe):
    """Returns a function of batches of row numbers that draws those rows."""
    def draw(batches):
        import numpy as np
        import onnxruntime
        import pandas as pd
        from decoding import decode

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # Spark has a task for each core
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(graph, options)
        names = [i.name for i in session.get_inputs()]
        width = session.get_inputs()[names.index("noise")].shape[1]
        for batch in batches:
            ids = batch["id"].to_numpy()
            inputs = {"noise": np.stack([np.random.default_rng([SEED, i]).standard_normal(width) for i in ids]).astype(np.float32)}
            labels = None
            if "labels" in names:  # with the frequencies of the training rows
                law = recipe["labels"]
                share = np.cumsum(law["rows"]) / np.sum(law["rows"])
                picked = [np.searchsorted(share, np.random.default_rng([SEED, i, 1]).random()) for i in ids]
                labels = np.array(law["values"], float)[picked]
                inputs["labels"] = labels.astype(np.float32)
            if "given" in names:
                inputs["given"] = np.full((1, width), np.nan, np.float32)
            rows = session.run(["rows"], inputs)[0]
            yield pd.DataFrame(decode(recipe, rows, labels)).assign(id=ids)
    return draw


def schema(recipe):
    """Returns the columns of the table, and the number of the row."""
    fields = [T.StructField("id", T.LongType())]
    for c in recipe["columns"]:
        kind = T.TimestampType() if "date" in c else T.DoubleType() if "number" in c else T.StringType()
        fields.append(T.StructField(c["name"], kind))
    return T.StructType(fields)


if __name__ == "__main__":
    graph, decoding, rows, out = sys.argv[1:]
    with open(decoding) as f:
        recipe = json.load(f)
    with open(graph, "rb") as f:
        content = f.read()
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", False).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    spark.sparkContext.addPyFile(str(DECODER))
    table = spark.range(int(rows)).repartition(4).mapInPandas(sampler(content, recipe), schema(recipe))
    table.orderBy("id").write.mode("overwrite").parquet(out)
    spark.read.parquet(out).orderBy(F.col("id")).show(5)
    print(f"spark_udf: {spark.read.parquet(out).count()} rows in {out}")
    spark.stop()
