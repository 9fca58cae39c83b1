mod instancing;
