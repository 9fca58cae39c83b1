"""Steps an FMU of the tests with FMPy and prints what it gave, as JSON: [[x, count, label], ...].

First argument: the .fmu; second: the step in seconds; third: inputs u, one a step, as a JSON list;
fourth: the parameter T. FMPy also checks the FMU: what it complains of ends the program.
"""

import json
import shutil
import sys

from fmpy import extract, read_model_description
from fmpy.fmi2 import FMU2Slave
from fmpy.fmi3 import FMU3Slave
from fmpy.validation import validate_fmu

fmu, step, inputs, constant = sys.argv[1], float(sys.argv[2]), json.loads(sys.argv[3]), float(sys.argv[4])
problems = validate_fmu(fmu)
if problems:
    sys.exit("FMPy complains: " + "; ".join(problems))
description = read_model_description(fmu)
reference = {variable.name: variable.valueReference for variable in description.modelVariables}
folder = extract(fmu)
second = description.fmiVersion == "2.0"
model = (FMU2Slave if second else FMU3Slave)(
    guid=description.guid,
    unzipDirectory=folder,
    modelIdentifier=description.coSimulation.modelIdentifier,
    instanceName="judge",
)
if second:
    set_real, get_real, get_whole = model.setReal, model.getReal, model.getInteger
else:
    set_real, get_real, get_whole = model.setFloat64, model.getFloat64, model.getInt64


def row():
    label = model.getString([reference["label"]])[0]
    return [
        get_real([reference["x"]])[0],
        get_whole([reference["count"]])[0],
        label.decode() if isinstance(label, bytes) else label,
    ]


model.instantiate()
if second:
    model.setupExperiment(startTime=0.0)
set_real([reference["T"]], [constant])
if second:
    model.enterInitializationMode()
else:
    model.enterInitializationMode(startTime=0.0)
model.exitInitializationMode()
rows = [row()]
for place, value in enumerate(inputs):
    set_real([reference["u"]], [value])
    model.doStep(currentCommunicationPoint=place * step, communicationStepSize=step)
    rows.append(row())
model.terminate()
model.freeInstance()
shutil.rmtree(folder, ignore_errors=True)
print(json.dumps(rows))
