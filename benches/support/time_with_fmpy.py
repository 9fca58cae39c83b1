"""Times FMPy at what the bench does with an FMU of the tests, and prints seconds a step.

First argument: the .fmu; second: how many steps. In each an input is set and an output read.
"""

import shutil
import sys
import time

from fmpy import extract, read_model_description
from fmpy.fmi2 import FMU2Slave

fmu, steps = sys.argv[1], int(sys.argv[2])
description = read_model_description(fmu)
reference = {variable.name: variable.valueReference for variable in description.modelVariables}
folder = extract(fmu)
model = FMU2Slave(
    guid=description.guid,
    unzipDirectory=folder,
    modelIdentifier=description.coSimulation.modelIdentifier,
    instanceName="timed",
)
model.instantiate()
model.setupExperiment(startTime=0.0)
model.enterInitializationMode()
model.exitInitializationMode()
begun = time.perf_counter()
for place in range(steps):
    model.setReal([reference["u"]], [float(place % 7)])
    model.doStep(currentCommunicationPoint=place * 0.5, communicationStepSize=0.5)
    model.getReal([reference["x"]])
print((time.perf_counter() - begun) / steps)
model.terminate()
model.freeInstance()
shutil.rmtree(folder, ignore_errors=True)
